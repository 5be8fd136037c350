import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAws } from '../aws/index.ts';
import type { Store } from '../spec/ports.ts';
import { createStore } from '../state/index.ts';
import { createLocalStore } from './store/index.ts';

export interface LaptopStore {
  readonly store: Store;
  close(): Promise<void>;
}

const TABLE = 'trimtab';

/** How long a store that another process keeps open may take to answer, in milliseconds. */
const PATIENCE = 2000;

/**
 * The state that commands of this machine share, in a folder. One process has it open and says at which address of
 * loopback, so that another (`trimtab terminate` beside a `trimtab sync`) can ask it; the address of one that is gone does
 * not answer, and what it held is free. Throws Problem when the folder can't be used.
 */
export async function openLaptopStore(folder: string): Promise<LaptopStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'address');
  const address = await readFile(file, 'utf8').catch(() => '');
  if (address !== '' && (await answers(address))) {
    const aws = createAws({ region: 'local', endpoints: { dynamodb: address } });
    return { store: heldThrough(address, createStore({ aws, table: TABLE })), close: async () => undefined };
  }
  const local = await createLocalStore({ path: join(folder, 'state'), table: TABLE });
  await writeFile(file, local.endpoint, { mode: 0o600 });
  return {
    store: heldThrough(local.endpoint, createStore({ aws: local.aws, table: TABLE })),
    close: async () => {
      await rm(file, { force: true });
      await local.close();
    },
  };
}

/** A store whose leases are those of the process that has it open: whoever died with that one holds nothing any more. */
function heldThrough(address: string, store: Store): Store {
  const { take, release } = store.leases;
  return {
    ...store,
    leases: {
      take: (name, holder, seconds) => take(`${address} ${name}`, holder, seconds),
      release: (name, holder) => release(`${address} ${name}`, holder),
    },
  };
}

async function answers(address: string): Promise<boolean> {
  try {
    // dynalite says that it is healthy, and so does DynamoDB
    return (await (await fetch(address, { signal: AbortSignal.timeout(PATIENCE) })).text()).startsWith('healthy');
  } catch {
    return false;
  }
}
