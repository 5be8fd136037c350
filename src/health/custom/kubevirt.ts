import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { type HealthRule, said } from '../by-conditions.ts';
import { byState } from '../by-state.ts';
import { conditionOf, mapAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing, suspended, unknown } from '../verdicts.ts';

/** A machine that is not to run is Suspended. https://kubevirt.io/user-guide/compute/lifecycle/ */
function virtualMachineHealth(machine: Manifest): Health {
  const word = textAt(machine, 'status', 'printableStatus');
  const failure = conditionOf(machine, 'Failure');
  if (failure?.['status'] === 'True') return degraded(said(failure));
  const paused = conditionOf(machine, 'Paused');
  if (paused?.['status'] === 'True') return suspended(word || said(paused));
  const ready = conditionOf(machine, 'Ready');
  if (ready?.['status'] === 'True') return healthy(word);
  if (
    /^(ErrorUnschedulable|ErrImagePull|ImagePullBackOff|ErrorPvcNotFound|DataVolumeError|CrashLoopBackOff)$/.test(word)
  ) {
    return degraded(word);
  }
  if (ready === undefined || mapAt(machine, 'status')['created'] === true) {
    return progressing(word || 'Waiting for the machine');
  }
  return suspended(word || 'Stopped');
}

function instanceHealth(instance: Manifest): Health {
  const phase = textAt(instance, 'status', 'phase');
  const ready = conditionOf(instance, 'Ready');
  const paused = conditionOf(instance, 'Paused');
  if (phase === 'Failed') return degraded(said(ready ?? {}) || phase);
  if (phase === 'Succeeded') return suspended('The machine is shut down');
  if (phase === 'Unknown') return unknown(phase);
  if (phase !== 'Running') return progressing(phase || 'Waiting for the machine');
  if (paused?.['status'] === 'True') return suspended(said(paused));
  if (ready?.['status'] === 'True') return healthy();
  return ready === undefined ? progressing(phase) : degraded(said(ready));
}

function dataVolumeHealth(volume: Manifest): Health {
  const running = conditionOf(volume, 'Running');
  if (running?.['status'] === 'False' && running['reason'] === 'Error') return degraded(said(running));
  return dataVolumePhase(volume);
}

/** https://github.com/kubevirt/containerized-data-importer/blob/main/doc/datavolumes.md */
const dataVolumePhase = byState(
  'phase',
  { Succeeded: 'Healthy', Failed: 'Degraded', Unknown: 'Degraded', Paused: 'Suspended' },
  'message',
  'Waiting for the import',
);

/** KubeVirt. */
export const KUBEVIRT: Readonly<Record<string, HealthRule>> = {
  'cdi.kubevirt.io/DataVolume': dataVolumeHealth,
  'kubevirt.io/VirtualMachine': virtualMachineHealth,
  'kubevirt.io/VirtualMachineInstance': instanceHealth,
};
