import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { textAt } from '../fields.ts';
import { degraded, healthy, progressing, unknown } from '../verdicts.ts';

/** A Workflow of Argo Workflows, by its phase. https://argo-workflows.readthedocs.io/en/latest/fields/#workflowstatus */
export function workflowHealth(workflow: Manifest): Health {
  const message = textAt(workflow, 'status', 'message');
  switch (textAt(workflow, 'status', 'phase')) {
    case '':
    case 'Pending':
    case 'Running':
      return progressing(message);
    case 'Succeeded':
      return healthy(message);
    case 'Failed':
    case 'Error':
      return degraded(message);
    default:
      return unknown(message);
  }
}
