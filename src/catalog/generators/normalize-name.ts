/**
 * A name as Kubernetes takes it: lower case, other characters as `-`, at most 253 of them, no `-` or `.` at its ends.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Cluster/ (`nameNormalized`)
 */
export function normalizeName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^-a-z0-9.]/g, '-')
    .slice(0, 253)
    .replace(/^[-.]+|[-.]+$/g, '');
}
