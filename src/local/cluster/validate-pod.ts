import type { Cause } from './api-error.ts';
import { duplicate, invalidValue, missing, required, unsupported } from './causes.ts';
import { isObject, type Json, listAt, objectAt, textAt } from './json.ts';
import { compareQuantities } from './quantity.ts';

/** The template of a workload: its restart policy must be one of those that the workload allows. */
export function validateTemplate(spec: Json, policies: readonly string[], at = 'spec'): readonly Cause[] {
  const pod = objectAt(spec, 'template', 'spec');
  const policy = textAt(pod, 'restartPolicy');
  const wrong = policies.includes(policy) ? [] : [wrongPolicy(`${at}.template.spec.restartPolicy`, policy, policies)];
  return [...validatePodSpec(pod, `${at}.template.spec`), ...wrong];
}

/** A pod's own default is none for a Job: the server says then that something is to be written. */
function wrongPolicy(at: string, policy: string, policies: readonly string[]): Cause {
  if (policy !== 'Always') return unsupported(at, policy, policies);
  return required(at, `valid values: ${policies.map((one) => JSON.stringify(one)).join(', ')}`);
}

/** A pod's containers, their names, images, ports and mounts. */
export function validatePodSpec(spec: Json, at: string): readonly Cause[] {
  const containers = listAt(spec, 'containers');
  if (containers.length === 0) return [required(`${at}.containers`)];
  const volumes = new Set(listAt(spec, 'volumes').map((volume) => textAt(volume, 'name')));
  return [
    ...containerCauses(listAt(spec, 'initContainers'), `${at}.initContainers`, volumes),
    ...containerCauses(containers, `${at}.containers`, volumes),
  ];
}

const NAME_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

function containerCauses(containers: readonly unknown[], at: string, volumes: ReadonlySet<string>): readonly Cause[] {
  const seen = new Set<string>();
  return containers.flatMap((container, index) => {
    const here = `${at}[${index}]`;
    const name = textAt(container, 'name');
    const causes: Cause[] = [];
    if (name === '') causes.push(required(`${here}.name`));
    else if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) causes.push(invalidValue(`${here}.name`, name, NAME_RULE));
    if (seen.has(name)) causes.push(duplicate(`${here}.name`, name));
    seen.add(name);
    if (textAt(container, 'image') === '') causes.push(required(`${here}.image`));
    const policy = textAt(container, 'imagePullPolicy');
    const policies = ['Always', 'IfNotPresent', 'Never'];
    if (!policies.includes(policy)) causes.push(unsupported(`${here}.imagePullPolicy`, policy, policies));
    for (const [number, port] of listAt(container, 'ports').entries()) {
      const value = isObject(port) ? port['containerPort'] : undefined;
      if (typeof value === 'number' && value > 0 && value < 65_536) continue;
      causes.push(
        invalidValue(`${here}.ports[${number}].containerPort`, value ?? 0, 'must be between 1 and 65535, inclusive'),
      );
    }
    for (const [number, mount] of listAt(container, 'volumeMounts').entries()) {
      const volume = textAt(mount, 'name');
      if (!volumes.has(volume)) causes.push(missing(`${here}.volumeMounts[${number}].name`, volume));
    }
    causes.push(...overLimits(container, `${here}.resources.requests`));
    return causes;
  });
}

function overLimits(container: unknown, at: string): readonly Cause[] {
  const limits = objectAt(container, 'resources', 'limits');
  return Object.entries(objectAt(container, 'resources', 'requests')).flatMap(([name, requested]) => {
    const limit = limits[name];
    if (limit === undefined || compareQuantities(String(requested), String(limit)) <= 0) return [];
    return [invalidValue(at, requested, `must be less than or equal to ${name} limit of ${limit}`)];
  });
}
