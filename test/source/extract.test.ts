import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { extract } from '../../src/source/extract.ts';
import { archiveOf, emptyFolder, type Item, inPieces, problemOf } from './archive.ts';

const LIMITS = { files: 10, bytes: 10_000, fileBytes: 5_000 };

async function unpacked(items: readonly Item[]) {
  const dir = await emptyFolder();
  const extracted = await extract(inPieces(archiveOf(items)), dir, LIMITS);
  return { dir, ...extracted, files: (await readdir(dir, { recursive: true })).sort() };
}

describe('extract', () => {
  it('unpacks files and folders, without the top folder', async () => {
    const { dir, files, bytes } = await unpacked([
      { path: 'acme-platform-8f14e45/', type: 'Directory' },
      { path: 'acme-platform-8f14e45/README.md', text: '# platform' },
      { path: 'acme-platform-8f14e45/apps/web/a.yaml', text: 'kind: A', mode: 0o777 },
    ]);
    expect(files).toEqual(['README.md', 'apps', 'apps/web', 'apps/web/a.yaml']);
    expect(await readFile(join(dir, 'apps/web/a.yaml'), 'utf8')).toBe('kind: A');
    expect((await stat(join(dir, 'apps/web/a.yaml'))).mode & 0o077).toBe(0);
    expect(bytes).toBe(17);
  });

  it('reads long paths and the header that GitHub puts in front', async () => {
    const long = `${'deep/'.repeat(30)}a.yaml`;
    const record = (text: string): string => {
      const length = String(text.length + 4 + String(text.length + 4).length).length;
      return `${text.length + length + 2} ${text}\n`;
    };
    const { files } = await unpacked([
      {
        path: 'pax_global_header',
        type: 'GlobalExtendedHeader',
        text: record('comment=8f14e45fceea167a5a36dedd4bea2543e9d1c0b7'),
      },
      { path: 'x', type: 'ExtendedHeader', text: record(`path=top/${long}`) },
      { path: 'x', text: 'kind: A' },
    ]);
    expect(files).toContain(long);
  });

  it('leaves symbolic and hard links out, and names them', async () => {
    const { files, links } = await unpacked([
      { path: 'top/real.yaml', text: 'kind: A' },
      { path: 'top/to-passwd', type: 'SymbolicLink', linkpath: '/etc/passwd' },
      { path: 'top/docs/latest', type: 'SymbolicLink', linkpath: '../real.yaml' },
      { path: 'top/hard', type: 'Link', linkpath: 'top/real.yaml' },
    ]);
    expect(files).toEqual(['real.yaml']);
    expect(links).toEqual(['docs/latest', 'hard', 'to-passwd']);
  });

  it('writes nothing through a link', async () => {
    const outside = await emptyFolder();
    const { files } = await unpacked([
      { path: 'top/out', type: 'SymbolicLink', linkpath: outside },
      { path: 'top/out/file', text: 'hidden' },
    ]);
    expect(files).toEqual(['out', 'out/file']);
    expect(await readdir(outside)).toEqual([]);
  });

  it.each<[string, Item]>([
    ['a path out of the folder', { path: 'top/../../evil' }],
    ['a path out of the folder, hidden in the middle', { path: 'top/a/../../../evil' }],
    ['an absolute path', { path: '/etc/evil' }],
    ['a path with backslashes', { path: 'top\\..\\evil' }],
    ['the settings of git', { path: 'top/.git/config', text: '[core]' }],
    ['the settings of git, in other letters', { path: 'top/sub/.GiT/hooks/post-checkout' }],
    ['a device', { path: 'top/zero', type: 'CharacterDevice' }],
    ['a pipe', { path: 'top/pipe', type: 'FIFO' }],
    ['a link out of the folder by its name', { path: 'top/../../evil', type: 'SymbolicLink', linkpath: 'x' }],
  ])('refuses %s, and all that comes with it', async (_, item) => {
    const dir = await emptyFolder();
    const items = [item, { path: 'top/after.yaml', text: 'kind: A' }];
    const problem = await problemOf(extract(inPieces(archiveOf(items)), dir, LIMITS));
    expect(problem.code).toBe('unsafe-path');
    expect(await readdir(dir)).toEqual([]);
  });

  it.each<[string, readonly Item[]]>([
    ['files', Array.from({ length: 11 }, (_, index) => ({ path: `top/${index}` }))],
    ['bytes', Array.from({ length: 3 }, (_, index) => ({ path: `top/${index}`, text: 'x'.repeat(4_000) }))],
    ['bytes in one file', [{ path: 'top/large', text: 'x'.repeat(6_000) }]],
  ])('ends at the limit of %s', async (_, items) => {
    const problem = await problemOf(extract(inPieces(archiveOf(items)), await emptyFolder(), LIMITS));
    expect(problem.code).toBe('limit-exceeded');
  });

  it('stops reading at the limit: a bomb of zeros is not unpacked', async () => {
    const bomb = archiveOf([{ path: 'top/zeros', text: '\0'.repeat(100_000_000) }]);
    let read = 0;
    async function* counted(): AsyncIterable<Uint8Array> {
      for await (const piece of inPieces(bomb)) {
        read += piece.length;
        yield piece;
      }
    }
    expect((await problemOf(extract(counted(), await emptyFolder(), LIMITS))).code).toBe('limit-exceeded');
    expect(read).toBeLessThan(bomb.length * 0.8);
  });

  it.each([
    ['is cut short', (archive: Buffer) => archive.subarray(0, archive.length / 2)],
    ['is no archive', () => Buffer.from('<html>Bad gateway</html>'.repeat(100))],
  ])('says so when the archive %s', async (_, change) => {
    const whole = archiveOf([
      { path: 'top/a.yaml', text: Array.from({ length: 900 }, (_, i) => `line ${i * i}`).join('\n') },
    ]);
    const problem = await problemOf(extract(inPieces(change(whole)), await emptyFolder()));
    expect(problem.code).toBe('unavailable');
  });

  it('hands on what goes wrong with the download', async () => {
    async function* failing(): AsyncIterable<Uint8Array> {
      yield archiveOf([{ path: 'top/a' }]).subarray(0, 20);
      throw new Error('socket hang up');
    }
    expect((await problemOf(extract(failing(), await emptyFolder()))).code).toBe('unavailable');
  });
});
