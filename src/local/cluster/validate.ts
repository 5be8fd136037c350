import { type Cause, invalid } from './api-error.ts';
import type { Served } from './catalog.ts';
import { invalidValue, required, unsupported } from './causes.ts';
import { isObject, type Json, objectAt, same, textAt, valueAt } from './json.ts';
import { validateCustom } from './validate-custom.ts';
import { immutableCauses } from './validate-immutable.ts';
import { validatePodSpec, validateTemplate } from './validate-pod.ts';

/**
 * Refuses (422, all causes at once) what the API server would refuse: names, labels, what a kind requires and, given the object before,
 * what must not change. Only the rules that people meet are here; anything else passes.
 */
export function validate(served: Served, object: Json, before: Json | undefined): void {
  const causes: Cause[] = [...metadataCauses(served, object), ...kindCauses(served, object)];
  if (served.custom !== undefined) causes.push(...validateCustom(object, served.openApi));
  if (before !== undefined) causes.push(...immutableCauses(served, before, object));
  if (causes.length > 0) throw invalid(served.group, served.kind, textAt(object, 'metadata', 'name'), causes);
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const LABEL_KEY_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

function nameRule(served: Served): { readonly pattern: RegExp; readonly limit: number; readonly rule: string } {
  if (served.group === 'rbac.authorization.k8s.io') {
    return { pattern: /^(?!\.{1,2}$)[^/%]+$/, limit: Number.POSITIVE_INFINITY, rule: "may not contain '/'" };
  }
  if (served.kind === 'Namespace') return { pattern: LABEL, limit: 63, rule: LABEL_RULE };
  if (served.kind === 'Service' && served.group === '')
    return { pattern: LABEL_1035, limit: 63, rule: LABEL_1035_RULE };
  return { pattern: SUBDOMAIN, limit: 253, rule: SUBDOMAIN_RULE };
}

function metadataCauses(served: Served, object: Json): readonly Cause[] {
  const causes: Cause[] = [];
  const name = textAt(object, 'metadata', 'name');
  const { pattern, limit, rule } = nameRule(served);
  if (name === '') causes.push(required('metadata.name', 'name or generateName is required'));
  else if (!pattern.test(name)) causes.push(invalidValue('metadata.name', name, rule));
  if (name.length > limit) {
    causes.push(
      invalidValue('metadata.name', name, `must be no more than ${limit} ${limit === 63 ? 'characters' : 'bytes'}`),
    );
  }
  for (const [key, value] of Object.entries(objectAt(object, 'metadata', 'labels'))) {
    causes.push(...keyCauses('metadata.labels', key));
    if (typeof value === 'string' && value !== '' && (!QUALIFIED.test(value) || value.length > 63)) {
      const why = value.length > 63 ? 'must be no more than 63 bytes' : LABEL_VALUE_RULE;
      causes.push(invalidValue('metadata.labels', value, why));
    }
  }
  for (const key of Object.keys(objectAt(object, 'metadata', 'annotations'))) {
    causes.push(...keyCauses('metadata.annotations', key.toLowerCase() === key ? key : key.toLowerCase()));
  }
  return causes;
}

function keyCauses(field: string, key: string): readonly Cause[] {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 2) {
    return [
      invalidValue(
        field,
        key,
        `a qualified name ${LABEL_KEY_RULE.slice('name part '.length)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ),
    ];
  }
  if (parts.length === 2 && !SUBDOMAIN.test(parts[0] ?? '')) {
    return [invalidValue(field, key, `prefix part ${SUBDOMAIN_RULE}`)];
  }
  if (name.length > 63) return [invalidValue(field, key, 'name part must be no more than 63 bytes')];
  return QUALIFIED.test(name) ? [] : [invalidValue(field, key, LABEL_KEY_RULE)];
}

function kindCauses(served: Served, object: Json): readonly Cause[] {
  const spec = objectAt(object, 'spec');
  switch (served.type) {
    case 'V1ConfigMap':
      return keysOfData(object);
    case 'V1Secret':
      return [...keysOfData(object), ...keysOfType(object)];
    case 'V1Deployment':
    case 'V1ReplicaSet':
    case 'V1StatefulSet':
    case 'V1DaemonSet':
      return workloadCauses(spec);
    case 'V1Job':
      return [
        ...negative(spec, 'backoffLimit'),
        ...negative(spec, 'completions'),
        ...validateTemplate(spec, JOB_POLICIES),
      ];
    case 'V1CronJob':
      return [
        ...scheduleCauses(textAt(spec, 'schedule')),
        ...validateTemplate(objectAt(spec, 'jobTemplate', 'spec'), JOB_POLICIES, 'spec.jobTemplate.spec'),
      ];
    case 'V1Pod':
      return validatePodSpec(spec, 'spec');
    case 'V1Service':
      return serviceCauses(spec);
    case 'V1Ingress':
      return ingressCauses(spec);
    default:
      return [];
  }
}

function scheduleCauses(schedule: string): readonly Cause[] {
  if (schedule === '') return [required('spec.schedule')];
  if (schedule.startsWith('@')) return [];
  const fields = schedule.trim().split(/\s+/);
  if (fields.length === 5) return [];
  const why = `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  return [invalidValue('spec.schedule', schedule, why)];
}

const JOB_POLICIES = ['OnFailure', 'Never'];

function negative(spec: Json, field: string): readonly Cause[] {
  const value = spec[field];
  if (typeof value !== 'number' || value >= 0) return [];
  return [invalidValue(`spec.${field}`, value, 'must be greater than or equal to 0')];
}

function keysOfData(object: Json): readonly Cause[] {
  const rule =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  return Object.keys(objectAt(object, 'data'))
    .filter((key) => !/^[-._a-zA-Z0-9]+$/.test(key))
    .map((key) => invalidValue(`data[${key}]`, key, rule));
}

/** https://kubernetes.io/docs/concepts/configuration/secret/#secret-types */
const KEYS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

function keysOfType(secret: Json): readonly Cause[] {
  const data = objectAt(secret, 'data');
  const keys = KEYS_OF_TYPE[textAt(secret, 'type')] ?? [];
  return keys.filter((key) => data[key] === undefined).map((key) => required(`data[${key}]`));
}

function workloadCauses(spec: Json): readonly Cause[] {
  const selector = spec['selector'];
  const labels = objectAt(spec, 'template', 'metadata', 'labels');
  const causes: Cause[] = [...negative(spec, 'replicas'), ...negative(spec, 'minReadySeconds')];
  if (!isObject(selector)) causes.push(required('spec.selector'));
  else if (Object.keys(selector).length === 0) {
    causes.push(invalidValue('spec.selector', {}, 'empty selector is invalid for deployment'));
  }
  const wanted = Object.entries(objectAt(selector, 'matchLabels'));
  if (!isObject(selector) || wanted.some(([key, value]) => !same(labels[key], value))) {
    causes.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  return [...causes, ...validateTemplate(spec, ['Always'])];
}

const PORT_RULE = 'must be between 1 and 65535, inclusive';

function serviceCauses(spec: Json): readonly Cause[] {
  const type = textAt(spec, 'type');
  const causes: Cause[] = [];
  const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
  if (!types.includes(type)) causes.push(unsupported('spec.type', type, types));
  if (type === 'ExternalName') {
    if (textAt(spec, 'externalName') === '') causes.push(required('spec.externalName'));
    return causes;
  }
  const ports = Array.isArray(spec['ports']) ? spec['ports'] : [];
  if (ports.length === 0 && textAt(spec, 'clusterIP') !== 'None') causes.push(required('spec.ports'));
  for (const [index, port] of ports.entries()) {
    const number = valueAt(port, 'port');
    const at = `spec.ports[${index}]`;
    if (ports.length > 1 && textAt(port, 'name') === '') causes.push(required(`${at}.name`));
    if (typeof number !== 'number' || number < 1 || number > 65_535) {
      causes.push(invalidValue(`${at}.port`, number ?? 0, PORT_RULE));
    }
    const target = valueAt(port, 'targetPort');
    if (typeof target === 'number' && (target < 1 || target > 65_535)) {
      causes.push(invalidValue(`${at}.targetPort`, target, PORT_RULE));
    }
  }
  return causes;
}

function ingressCauses(spec: Json): readonly Cause[] {
  const rules = Array.isArray(spec['rules']) ? spec['rules'] : [];
  if (rules.length === 0 && !isObject(spec['defaultBackend'])) {
    return [invalidValue('spec', spec, 'either `defaultBackend` or `rules` must be specified')];
  }
  return rules.flatMap((rule: unknown, index) => {
    const paths = valueAt(rule, 'http', 'paths');
    if (!Array.isArray(paths)) return [];
    return paths.flatMap((path: unknown, at): Cause[] =>
      textAt(path, 'pathType') === ''
        ? [required(`spec.rules[${index}].http.paths[${at}].pathType`, 'pathType must be specified')]
        : [],
    );
  });
}
