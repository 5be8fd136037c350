/** The part of WebAssembly's JavaScript interface that is used here: neither `es2023` nor Node's types declare it. */
declare namespace WebAssembly {
  interface Module {
    readonly __brand: 'WebAssembly.Module';
  }
  const Module: {
    imports(module: Module): readonly { readonly module: string; readonly name: string }[];
  };
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(
      module: Module,
      imports: Readonly<Record<string, Readonly<Record<string, (...numbers: never[]) => unknown>>>>,
    );
    readonly exports: Readonly<Record<string, unknown>>;
  }
  function compileStreaming(source: Response): Promise<Module>;
}
