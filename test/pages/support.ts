import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What `trimtab demo --serve` printed, while it runs. */
export interface Demo {
  /** The address of the embedded forge. */
  readonly forge: string;
  /** The path in the printed line `kubectl --kubeconfig … get deploy -A`. */
  readonly kubeconfig: string;
  /** The rest of that line. */
  readonly kubectl: readonly string[];
  close(): Promise<void>;
}

/** Starts `trimtab demo --serve` as a person does, and resolves when it has said where everything is. */
export async function startDemo(): Promise<Demo> {
  const child = spawn(process.execPath, ['bin/trimtab.js', 'demo', '--serve', '--port', '0'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that Ctrl-C can be pressed on it as in a terminal: the launcher and what it started.
    detached: true,
  });
  let said = '';
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const printed = await new Promise<RegExpMatchArray>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const found = said.match(/GitHub +(http:\S+?)\/acme\/platform\/pulls\n[\s\S]*kubectl --kubeconfig (\S+) (.*)\n/);
      if (found !== null) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void ended.then(() => reject(new Error(`the demo ended before it said where it is:\n${said}`)));
  });
  const [, forge = '', kubeconfig = '', kubectl = ''] = printed;
  return {
    forge,
    kubeconfig,
    kubectl: kubectl.split(' '),
    close: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
      await ended;
    },
  };
}

/** A browser with nothing in it, and what its pages did that no page may do. */
export interface Browser {
  /** A new page in a profile of its own. */
  open(address: string, options?: BrowserContextOptions): Promise<Page>;
  /** Errors of scripts, messages of the console, and requests that left this machine, since the last time it was asked. */
  complaints(): readonly string[];
  /** Closes the pages that are open. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** Chromium without a window, without network beyond loopback, with an empty profile. */
export async function startBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'trimtab-chromium-'));
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      // Containers have neither the privileges for its sandbox nor a graphics card.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
  });
  let complaints: string[] = [];
  let contexts: BrowserContext[] = [];
  return {
    open: async (address, options) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      context.setDefaultTimeout(60_000);
      context.on('weberror', (thrown) => complaints.push(`script error: ${thrown.error().message}`));
      context.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
      context.on('dialog', (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      context.on('request', (request) => {
        const { protocol, hostname } = new URL(request.url());
        if (protocol !== 'data:' && hostname !== '127.0.0.1') complaints.push(`request to ${request.url()}`);
      });
      const page = await context.newPage();
      await page.goto(address);
      return page;
    },
    complaints: () => {
      const said = complaints;
      complaints = [];
      return said;
    },
    closePages: async () => {
      const open = contexts;
      contexts = [];
      await Promise.all(open.map((context) => context.close()));
    },
    close: async () => {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
