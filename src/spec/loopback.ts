/** Whether a host name of a URL is this machine and cannot be another: an address, or `localhost`. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
