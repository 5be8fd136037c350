import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { textAt } from '../fields.ts';
import { degraded, healthy, progressing, unknown } from '../verdicts.ts';

/** By its phase. https://kubernetes.io/docs/concepts/storage/persistent-volumes/ */
export function persistentVolumeClaimHealth(claim: Manifest): Health {
  switch (textAt(claim, 'status', 'phase')) {
    case 'Lost':
      return degraded('The volume is lost');
    case 'Pending':
      return progressing('Waiting for a volume');
    case 'Bound':
      return healthy();
    default:
      return unknown();
  }
}
