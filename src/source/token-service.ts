/** Registries whose token service is neither themselves nor above them. https://distribution.github.io/distribution/spec/auth/ */
const SERVICES: Readonly<Record<string, string>> = { 'registry-1.docker.io': 'auth.docker.io' };

/**
 * Whether a registry's credentials are for this service: it is the registry, or the domain that the registry is in
 * (`registry.gitlab.com` and `gitlab.com`). The registry's own word is not enough, nor that both end alike: under `co.uk` and
 * the like, neighbours are strangers.
 */
export function isServiceOf(service: string, registry: string): boolean {
  if (service === registry || SERVICES[registry] === service) return true;
  return service.includes('.') && !/^[\d.]+$|:/.test(registry) && registry.endsWith(`.${service}`);
}
