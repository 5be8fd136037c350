import aws4 from 'aws4';
import pRetry from 'p-retry';
import type { CallAws } from '../spec/ports.ts';
import { AwsError, isPassing } from './error.ts';
import { post } from './post.ts';

export interface AwsOptions {
  readonly region: string;
  /** Other endpoints than AWS's own, by service: embedded ones, which take any credentials. Empty or absent: AWS. */
  readonly endpoints?: Readonly<Record<string, string>>;
}

/** How a service is addressed: the head of `x-amz-target` and the version of its JSON protocol, or the version of its API. */
type Spoken = { readonly target: string; readonly version: '1.0' | '1.1' } | { readonly query: string };

const SERVICES: Readonly<Record<string, Spoken>> = {
  dynamodb: { target: 'DynamoDB_20120810', version: '1.0' },
  sqs: { target: 'AmazonSQS', version: '1.0' },
  ssm: { target: 'AmazonSSM', version: '1.1' },
  kms: { target: 'TrentService', version: '1.1' },
  secretsmanager: { target: 'secretsmanager', version: '1.1' },
  sts: { query: '2011-06-15' },
};

/** Milliseconds until a request that nobody answers is given up and sent again. */
const TIME_LIMIT = 5000;

/** A request that failed for a passing reason is sent again after about 50, 100 and 200 ms. */
const REPEATS = { retries: 3, minTimeout: 50, factor: 2, randomize: true } as const;

const EMBEDDED = { accessKeyId: 'embedded', secretAccessKey: 'embedded' };

/**
 * AWS by its JSON protocols: one signed POST a call, refused and unanswered calls are
 * repeated where that can help. Credentials are those that Lambda gives a function in its environment. This is all that a
 * function needs of AWS, and starts in a few milliseconds where the SDK takes a hundred
 * (docs/decisions/0001-call-aws-without-its-sdk.md).
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function createAws(options: AwsOptions): CallAws {
  return async (action, input, { signal, timeLimit = TIME_LIMIT } = {}) => {
    const [service = '', operation = ''] = action.split(':');
    const spoken = SERVICES[service];
    if (spoken === undefined) throw new Error(`AWS: ${service} is not a service that is called here`);
    const embedded = options.endpoints?.[service] ?? '';
    const url = new URL(embedded === '' ? addressOf(service, options.region) : embedded);
    const { headers: told, body } = written(spoken, operation, input);
    const send = async (): Promise<Readonly<Record<string, unknown>>> => {
      const { path = '/', headers = {} } = aws4.sign(
        {
          service,
          region: options.region,
          method: 'POST',
          host: url.host,
          path: url.pathname,
          headers: told,
          body,
        },
        // Else aws4 takes AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of the process.
        embedded === '' ? undefined : EMBEDDED,
      );
      const { status, text } = await post(new URL(path, url), headers, body, { signal, timeLimit });
      if (status !== 200) throw new AwsError(action, status, text);
      const answer = text === '' ? {} : JSON.parse(text);
      return 'query' in spoken ? (answer[`${operation}Response`]?.[`${operation}Result`] ?? {}) : answer;
    };
    return pRetry(send, { ...REPEATS, shouldRetry: ({ error }) => signal?.aborted !== true && isPassing(error) });
  };
}

/** STS knows no JSON but in its answers, to those who accept it. https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html */
function written(
  spoken: Spoken,
  operation: string,
  input: object,
): { readonly headers: Record<string, string>; readonly body: string } {
  if ('query' in spoken) {
    const fields = new URLSearchParams({ Action: operation, Version: spoken.query, ...input });
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' };
    return { headers, body: String(fields) };
  }
  const { target, version } = spoken;
  const headers = { 'Content-Type': `application/x-amz-json-${version}`, 'X-Amz-Target': `${target}.${operation}` };
  return { headers, body: JSON.stringify(input) };
}

/** https://docs.aws.amazon.com/general/latest/gr/rande.html#regional-endpoints */
function addressOf(service: string, region: string): string {
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`;
}
