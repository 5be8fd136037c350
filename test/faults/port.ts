/** A port of which a story uses only these members; any other says so. */
export function port<T>(members: Readonly<Record<string, unknown>>): T {
  return new Proxy(members, {
    get: (at, name) => {
      if (name in at) return at[String(name)];
      throw new Error(`the port has no ${String(name)} here`);
    },
  }) as T;
}
