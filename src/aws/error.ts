/** What AWS answered to a call that it refused. `name` is its code: `ConditionalCheckFailedException`. */
export class AwsError extends Error {
  /** Of the HTTP answer. */
  readonly status: number;

  constructor(action: string, status: number, body: string) {
    const { code, message } = read(body);
    super(`${action}: ${message === '' ? `answered ${status}` : message}`);
    this.name = code;
    this.status = status;
  }
}

/**
 * `{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": …}`, as every service of the protocol has it; STS has
 * `{"Error": {"Code": "AccessDenied", "Message": …}}`.
 */
function read(body: string): { readonly code: string; readonly message: string } {
  try {
    const { Error: error = {}, __type: type = error.Code, message, Message = error.Message } = JSON.parse(body);
    return { code: String(type ?? 'AwsError').replace(/^.*#/, ''), message: String(message ?? Message ?? '') };
  } catch {
    return { code: 'AwsError', message: '' };
  }
}

/** Codes by which services ask to be left alone for a moment. */
const THROTTLED = /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|OverLimit|LimitExceededException/;

/** Whether the same call may do better in a moment: AWS throttled it, failed by itself, or did not answer. */
export function isPassing(error: Error): boolean {
  if (error instanceof AwsError) return error.status >= 500 || error.status === 429 || THROTTLED.test(error.name);
  return 'code' in error;
}
