type Reading = typeof import('../../src/catalog/read-catalogue.ts');

/** The runs read the same few commits over and over: each is read once. What reading gives is tested elsewhere. */
export function readingOnce({ readCatalogue }: Reading): Reading {
  const known = new WeakMap<object, ReturnType<typeof readCatalogue>>();
  return {
    readCatalogue: (url, files) => {
      const catalogue = known.get(files) ?? readCatalogue(url, files);
      known.set(files, catalogue);
      return catalogue;
    },
  };
}
