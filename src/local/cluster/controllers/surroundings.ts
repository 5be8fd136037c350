import { type Json, listAt, objectAt, textAt } from '../json.ts';
import { type Hands, isGoing } from './hands.ts';

/** What other machinery of a cluster would set: addresses of Ingresses and load balancers, bound claims. */
export function runSurroundings(hands: Hands): void {
  const address = { ip: '127.0.0.1' };
  for (const ingress of hands.list('networking.k8s.io/ingresses')) {
    hands.setStatus('networking.k8s.io/ingresses', ingress, { loadBalancer: { ingress: [address] } });
  }
  for (const service of hands.list('/services')) {
    const balanced = textAt(service, 'spec', 'type') === 'LoadBalancer';
    const given = balanced ? { ingress: [{ ...address, ipMode: 'VIP' }] } : {};
    hands.setStatus('/services', service, { loadBalancer: given });
  }
  for (const claim of hands.list('/persistentvolumeclaims')) {
    if (!isGoing(claim) && textAt(claim, 'status', 'phase') !== 'Bound') bind(hands, claim);
  }
}

function bind(hands: Hands, claim: Json): void {
  const volumeName = `pvc-${textAt(claim, 'metadata', 'uid')}`;
  hands.update('/persistentvolumeclaims', { ...claim, spec: { ...objectAt(claim, 'spec'), volumeName } });
  const bound = hands.get(
    '/persistentvolumeclaims',
    textAt(claim, 'metadata', 'namespace'),
    textAt(claim, 'metadata', 'name'),
  );
  if (bound === undefined) return;
  hands.setStatus('/persistentvolumeclaims', bound, {
    phase: 'Bound',
    accessModes: listAt(claim, 'spec', 'accessModes'),
    capacity: { storage: textAt(claim, 'spec', 'resources', 'requests', 'storage') },
  });
}
