import type { Page } from 'playwright-core';

/**
 * The texts of the page whose contrast to what is behind them is less than 4.5 (WCAG 2.2, success criterion 1.4.3),
 * each with its contrast. What is disabled may be faint, says the same criterion.
 */
export function faintTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    type Color = readonly [number, number, number, number];
    const read = (text: string): Color => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
      return [red, green, blue, alpha];
    };
    const over = (top: Color, below: Color): Color => {
      const mix = (index: 0 | 1 | 2): number => top[index] * top[3] + below[index] * (1 - top[3]);
      return [mix(0), mix(1), mix(2), 1];
    };
    const behind = (element: Element | null): Color => {
      if (element === null)
        return matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0, 1] : [255, 255, 255, 1];
      const color = read(getComputedStyle(element).backgroundColor);
      return color[3] === 1 ? color : over(color, behind(element.parentElement));
    };
    const luminance = ([red, green, blue]: Color): number => {
      const part = (value: number): number => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
    };
    const faint = new Set<string>();
    for (const element of document.querySelectorAll('body *')) {
      const text = [...element.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim());
      if (text === undefined || !element.checkVisibility() || element.matches(':disabled, script')) continue;
      const below = behind(element);
      const [one, two] = [luminance(over(read(getComputedStyle(element).color), below)), luminance(below)];
      const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
      if (contrast < 4.5) faint.add(`${text.nodeValue?.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
    }
    return [...faint];
  });
}

/** How many pixels the page is wider than its window: more than 0 means that one has to scroll sideways to read it. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
