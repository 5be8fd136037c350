import { afterAll, beforeAll, describe } from 'vitest';
import { clientSideContract } from './client-side.ts';
import { deletionsContract } from './deletions.ts';
import { driftContract } from './drift.ts';
import { fieldsContract } from './fields.ts';
import { hooksContract } from './hooks.ts';
import { optionsContract } from './options.ts';
import { propagationContract } from './propagation.ts';
import { prunesContract } from './prunes.ts';
import { refusalsContract } from './refusals.ts';
import { setsContract } from './sets.ts';
import { type EngineCluster, openWorkshop, type Workshop } from './stage.ts';
import { wavesContract } from './waves.ts';
import { workflowsContract } from './workflows.ts';

/**
 * Whole syncs, refreshes and deletions against a cluster whose controllers run: the embedded one and a real one. Each test
 * has an application in a namespace of its own, which it leaves behind: so several go at once.
 */
export function engineContract(subject: { readonly name: string; start(): Promise<EngineCluster> }): void {
  describe.concurrent(`the engine on ${subject.name}`, () => {
    let server: EngineCluster | undefined;
    let workshop: Workshop | undefined;
    const get = (): Workshop => {
      if (workshop === undefined) throw new Error(`${subject.name} has not started`);
      return workshop;
    };
    beforeAll(async () => {
      server = await subject.start();
      workshop = openWorkshop(server);
    });
    afterAll(async () => {
      await workshop?.close();
      await server?.close();
    });
    describe('waves', () => wavesContract(get));
    describe('hooks', () => hooksContract(get));
    describe('Workflows as hooks', () => workflowsContract(get));
    describe('sync options', () => optionsContract(get));
    describe('client-side apply', () => clientSideContract(get));
    describe('refusals', () => refusalsContract(get));
    describe('pruning', () => prunesContract(get));
    describe('propagation of a deletion', () => propagationContract(get));
    describe('what moves', () => setsContract(get));
    describe('deletion', () => deletionsContract(get));
    describe('drift', () => driftContract(get));
    describe('what is told of drift', () => fieldsContract(get));
  });
}
