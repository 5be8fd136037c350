import { attachmentFaults, blockFaults } from './blocks.ts';

export interface LocalChannel {
  /** Without `#`. */
  readonly name: string;
  /** False: the app was not invited. Default true. */
  readonly member?: boolean;
  /** A private channel is not to be seen from outside. Default false. */
  readonly private?: boolean;
}

export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly text: string;
  readonly attachments?: readonly unknown[];
  readonly blocks?: readonly unknown[];
  readonly thread?: string;
  readonly edited: boolean;
}

/** Arguments of a method, lists already read from their JSON. */
export type Arguments = Readonly<Record<string, unknown>>;

type Answer =
  | ({ readonly ok: true } & Readonly<Record<string, unknown>>)
  | ({ readonly ok: false; readonly error: string; readonly retryAfter?: number } & Readonly<Record<string, unknown>>);

export interface WorkspaceOptions {
  readonly channels: readonly LocalChannel[];
  /** Refuse more than about one message a second in a channel. */
  readonly rateLimit: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Workspace {
  readonly methods: Readonly<Record<string, (given: Arguments) => Answer>>;
  messages(): readonly SlackMessage[];
}

/** https://docs.slack.dev/reference/methods/chat.postMessage/: longer texts are refused. */
const TEXT_LIMIT = 40_000;

/** A Slack workspace with its channels and what was said in them: the methods of the Web API that trimtab calls. */
export function createWorkspace(options: WorkspaceOptions): Workspace {
  const channels = options.channels.map((channel, index) => ({ ...channel, id: channelId(index) }));
  const messages: SlackMessage[] = [];
  const lastAt = new Map<string, number>();
  let count = 0;

  const find = (given: unknown): (typeof channels)[number] | undefined =>
    channels.find(({ id, name }) => given === id || given === name || given === `#${name}`);

  const tooSoon = (id: string): boolean => {
    const now = options.now();
    if (options.rateLimit && now - (lastAt.get(id) ?? Number.NEGATIVE_INFINITY) < 1000) return true;
    lastAt.set(id, now);
    return false;
  };

  const post = (given: Arguments): Answer => {
    const channel = find(given['channel']);
    const member = channel?.member ?? true;
    if (channel === undefined || (channel.private === true && !member)) return refuse('channel_not_found');
    if (!member) return refuse('not_in_channel');
    const refused = refuseContent(given);
    if (refused !== undefined) return refused;
    if (tooSoon(channel.id)) return { ...refuse('ratelimited'), retryAfter: 1 };
    count += 1;
    const ts = `${Math.floor(options.now() / 1000)}.${String(count).padStart(6, '0')}`;
    const thread = given['thread_ts'];
    const message = {
      ...content(given),
      channel: channel.name,
      ts,
      edited: false,
      ...(typeof thread === 'string' ? { thread } : {}),
    };
    messages.push(message);
    return { ok: true, channel: channel.id, ts, message: { type: 'message', text: message.text, ts } };
  };

  const update = (given: Arguments): Answer => {
    // Slack takes no names here, only ids.
    const channel = channels.find(({ id }) => id === given['channel']);
    if (channel === undefined) return refuse('channel_not_found');
    const index = messages.findIndex(({ channel: name, ts }) => name === channel.name && ts === given['ts']);
    const old = messages[index];
    if (old === undefined) return refuse('message_not_found');
    const refused = refuseContent(given);
    if (refused !== undefined) return refused;
    messages[index] = { ...content(given), channel: old.channel, ts: old.ts, edited: true };
    return { ok: true, channel: channel.id, ts: old.ts, text: messages[index].text };
  };

  return {
    messages: () => [...messages],
    methods: {
      'auth.test': () => ({ ok: true, team: 'acme', user: 'trimtab', bot_id: 'B00000001', user_id: 'U00000001' }),
      'chat.postMessage': post,
      'chat.update': update,
      'conversations.list': () => ({
        ok: true,
        channels: channels
          .filter((channel) => channel.private !== true || channel.member !== false)
          .map(({ id, name, member = true, private: hidden = false }) => ({
            id,
            name,
            is_member: member,
            is_private: hidden,
            is_archived: false,
          })),
        response_metadata: { next_cursor: '' },
      }),
    },
  };
}

function channelId(index: number): string {
  return `C${String(index + 1).padStart(8, '0')}`;
}

function refuse(error: string, messages: readonly string[] = []): Answer & { readonly ok: false } {
  return { ok: false, error, ...(messages.length === 0 ? {} : { response_metadata: { messages } }) };
}

function refuseContent(given: Arguments): Answer | undefined {
  const { text = '', blocks, attachments } = given as { text?: unknown; blocks?: unknown; attachments?: unknown };
  if (typeof text !== 'string' || (text === '' && isEmpty(blocks) && isEmpty(attachments))) return refuse('no_text');
  if (text.length > TEXT_LIMIT) return refuse('msg_too_long');
  const wrongBlocks = blocks === undefined ? [] : blockFaults(blocks);
  if (wrongBlocks.length > 0) return refuse('invalid_blocks', wrongBlocks);
  const wrongAttachments = attachments === undefined ? [] : attachmentFaults(attachments);
  return wrongAttachments.length > 0 ? refuse('invalid_attachments', wrongAttachments) : undefined;
}

function isEmpty(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0;
}

function content(given: Arguments): Pick<SlackMessage, 'text' | 'blocks' | 'attachments'> {
  const { text, blocks, attachments } = given as {
    text?: string;
    blocks?: readonly unknown[];
    attachments?: readonly unknown[];
  };
  return {
    text: text ?? '',
    ...(blocks === undefined ? {} : { blocks }),
    ...(attachments === undefined ? {} : { attachments }),
  };
}
