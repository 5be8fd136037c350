import { afterAll, describe, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';

const AT = '2026-01-31T08:00:00Z';
const engines = createEngines();
afterAll(() => engines.close());

async function text(template: string, data: unknown = {}, options: readonly string[] = []): Promise<string> {
  const [outcome] = await engines.templates([{ template, data, options }], AT);
  if (outcome?.ok !== true) throw new Error(outcome?.error);
  return outcome.value;
}

async function failure(template: string, data: unknown = {}, options: readonly string[] = []): Promise<unknown> {
  const [outcome] = await engines.templates([{ template, data, options }], AT);
  return outcome;
}

describe('Go templates, as https://pkg.go.dev/text/template documents them', () => {
  it.each([
    ['{{.Count}} items are made of {{.Material}}', '17 items are made of wool'],
    ['{{23 -}} < {{- 45}}', '23<45'],
    ['{{"\\"output\\""}}', '"output"'],
    ['{{printf "%q" "output"}}', '"output"'],
    ['{{"output" | printf "%q"}}', '"output"'],
    ['{{printf "%q" (print "out" "put")}}', '"output"'],
    ['{{"put" | printf "%s%s" "out" | printf "%q"}}', '"output"'],
    ['{{with "output"}}{{printf "%q" .}}{{end}}', '"output"'],
    ['{{with $x := "output" | printf "%q"}}{{$x}}{{end}}', '"output"'],
    ['{{with $x := "output"}}{{$x | printf "%q"}}{{end}}', '"output"'],
    [
      '{{define "T1"}}ONE{{end}}{{define "T2"}}TWO{{end}}{{define "T3"}}{{template "T1"}} {{template "T2"}}{{end}}{{template "T3"}}',
      'ONE TWO',
    ],
    ['{{range $index, $element := .List}}{{$index}}={{$element}} {{end}}', '0=a 1=b 2=c '],
    ['{{range .List}}{{if eq . "c"}}{{break}}{{end}}{{if eq . "a"}}{{continue}}{{end}}{{.}}{{end}}', 'b'],
    ['{{range $key, $value := .Map}}{{$key}}={{$value}} {{else}}none{{end}}', 'a=1 b=2 '],
    ['{{range .Empty}}{{.}}{{else}}none{{end}}', 'none'],
    ['{{if and .Count (not .Empty)}}yes{{else}}no{{end}}', 'yes'],
    ['{{or .Empty "fallback"}}', 'fallback'],
    ['{{index .Map "b"}}{{index .List 1}}{{len .List}}', '2b3'],
    ['{{eq "c" "a" "b" "c"}} {{lt 1 2}} {{ne 1 1}}', 'true true false'],
    ['{{html "<a>"}} {{js "it\'s"}} {{urlquery "a b"}}', '&lt;a&gt; it\\&#39;s a+b'],
    ['{{/* a comment */ -}} x', 'x'],
    ['{{.Map}}', 'map[a:1 b:2]'],
  ])('%s', async (template, expected) => {
    const data = { Count: 17, Material: 'wool', List: ['a', 'b', 'c'], Map: { b: 2, a: 1 }, Empty: [] };
    expect(await text(template, data)).toBe(expected.replace('&#39;', "'"));
  });
});

describe('Sprig, as https://masterminds.github.io/sprig/ documents it', () => {
  it.each([
    ['{{ trim "   hello    " }}', 'hello'],
    ['{{ trimAll "$" "$5.00" }}', '5.00'],
    ['{{ trimSuffix "-" "hello-" }}', 'hello'],
    ['{{ title "hello world" }}', 'Hello World'],
    ['{{ repeat 3 "hello" }}', 'hellohellohello'],
    ['{{ substr 0 5 "hello world" }}', 'hello'],
    ['{{ trunc 5 "hello world" }}', 'hello'],
    ['{{ trunc -5 "hello world" }}', 'world'],
    ['{{ abbrev 5 "hello world" }}', 'he...'],
    ['{{ initials "First Try" }}', 'FT'],
    ['{{ cat "hello" "beautiful" "world" }}', 'hello beautiful world'],
    ['{{ "I Am Henry VIII" | replace " " "-" }}', 'I-Am-Henry-VIII'],
    ['{{ snakecase "FirstName" }}', 'first_name'],
    ['{{ camelcase "http_server" }}', 'HttpServer'],
    ['{{ kebabcase "FirstName" }}', 'first-name'],
    ['{{ regexFind "[a-zA-Z][1-9]" "abcd1234" }}', 'd1'],
    ['{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "$1" }}', '--xx-'],
    ['{{ list 1 2 3 | join "-" }}', '1-2-3'],
    ['{{ splitList "$" "foo$bar$baz" }}', '[foo bar baz]'],
    ['{{ $a := split "$" "foo$bar$baz" }}{{ $a._0 }}', 'foo'],
    ['{{ round 123.555555 3 }}', '123.556'],
    ['{{ until 5 }}', '[0 1 2 3 4]'],
    ['{{ untilStep 3 6 2 }}', '[3 5]'],
    ['{{ max 1 2 3 }}', '3'],
    ['{{ default "foo" .Bar }}', 'foo'],
    ['{{ coalesce 0 1 2 }}', '1'],
    ['{{ ternary "foo" "bar" true }}', 'foo'],
    ['{{ b64enc "hello" }}', 'aGVsbG8='],
    ['{{ dict "name1" "value1" "name2" "value2" | toJson }}', '{"name1":"value1","name2":"value2"}'],
    ['{{ pluck "name1" (dict "name1" "a") (dict "name1" "b") }}', '[a b]'],
    ['{{ dig "user" "role" "name" "guest" (dict "user" (dict "role" (dict "name" "admin"))) }}', 'admin'],
    ['{{ semverCompare "^1.2.0" "1.2.3" }}', 'true'],
    ['{{ (semver "1.2.3-alpha.1+123").Minor }}', '2'],
    ['{{ sha256sum "" }}', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['{{ (urlParse "http://admin:secret@server.com:8080/api?list=false#anchor").host }}', 'server.com:8080'],
    ['{{ durationRound "2h10m5s" }}', '2h'],
    ['{{ randAlphaNum 12 | len }} {{ uuidv4 | len }}', '12 36'],
  ])('%s', async (template, expected) => {
    expect(await text(template)).toBe(expected);
  });

  it('tells the time that the caller gave, in any zone', async () => {
    expect(await text('{{ now }}')).toBe('2026-01-31 08:00:00 +0000 UTC');
    expect(await text('{{ now | dateModify "-1.5h" | date "15:04" }} {{ now | unixEpoch }}')).toBe('06:30 1769846400');
    expect(await text('{{ dateInZone "2006-01-02 15:04" now "Europe/Berlin" }}')).toBe('2026-01-31 09:00');
  });

  it('reports what fail says', async () => {
    expect(await failure('{{ fail "accept the licence" }}')).toMatchObject({
      ok: false,
      error: expect.stringContaining('accept the licence'),
    });
  });

  it.each(['env "HOME"', 'expandenv "$HOME"', 'getHostByName "localhost"'])('does not know %s', async (call) => {
    expect(await failure(`{{ ${call} }}`)).toEqual({
      ok: false,
      error: `template:1: function "${call.split(' ')[0]}" not defined`,
      line: 1,
    });
  });
});

describe('templates of ApplicationSets', () => {
  const branch = 'feat/a_really+long_pull_request_name_to_test_argo_slugification_and_branch_name_shortening_feature';

  it('has the functions that Argo CD adds', async () => {
    expect(await text('{{ normalize .branch }}', { branch: 'Feature/Some_Thing.' })).toBe('feature-some-thing');
    expect(await text('{{ slugify .branch }}', { branch })).toBe('feat-a-really-long-pull-request-name-to-test-argo');
    expect(await text('{{ slugify 23 .branch }}', { branch })).toBe('feat-a-really-long-pull');
    expect(await text('{{ slugify 10 false .name }}', { name: 'abcdefghijklmnop' })).toBe('abcdefghij');
    expect(await text('{{ toYaml .labels }}', { labels: { tier: 'web', replicas: 3 } })).toBe('replicas: 3\ntier: web');
    expect(await text('{{ (fromYaml .text).a }}', { text: 'a: 1\n' })).toBe('1');
    expect(await text('{{ index (fromYamlArray .text) 1 }}', { text: '- a\n- b\n' })).toBe('b');
  });

  it('holds numbers as float64, which shows in large ones', async () => {
    expect(await text('{{ .port }} {{ .big }}', { port: 8080, big: 12345678 })).toBe('8080 1.2345678e+07');
    expect(await text('{{ if gt (int .replicas) 2 }}many{{ end }}', { replicas: 3 })).toBe('many');
  });

  it.each([
    [[], '<no value>'],
    [['missingkey=default'], '<no value>'],
    [['missingkey=zero'], '<no value>'],
  ])('writes a missing key with the options %j as Go does', async (options, expected) => {
    expect(await text('{{ .missing }}', {}, options)).toBe(expected);
  });

  it('fails on a missing key with missingkey=error, and says where', async () => {
    expect(await failure('name: x\nurl: {{ .a.missing }}', { a: {} }, ['missingkey=error'])).toEqual({
      ok: false,
      error: 'template:2:10: executing "template" at <.a.missing>: map has no entry for key "missing"',
      line: 2,
      column: 10,
    });
  });

  it('names an option that Go does not know', async () => {
    expect(await failure('x', {}, ['missingkey=maybe'])).toEqual({
      ok: false,
      error: 'unrecognized option: missingkey=maybe',
    });
  });
});

describe('templates of notifications', () => {
  it('keeps whole numbers whole and offers time and strings', async () => {
    const app = { metadata: { name: 'shop', generation: 12345678 }, at: '2026-01-31T07:30:00Z' };
    const [outcome] = await engines.templates(
      [
        {
          template:
            '{{ .app.metadata.name }} {{ .app.metadata.generation }} {{ ((call .time.Now).Sub (call .time.Parse .app.at)).Minutes }} {{ call .strings.ReplaceAll "a-b" "-" "." }}',
          data: { app },
          dialect: 'notifications',
        },
      ],
      AT,
    );
    expect(outcome).toEqual({ ok: true, value: 'shop 12345678 30 a.b' });
  });

  it('does not know the functions of ApplicationSets', async () => {
    const [outcome] = await engines.templates(
      [{ template: '{{ slugify "x" }}', data: {}, dialect: 'notifications' }],
      AT,
    );
    expect(outcome).toMatchObject({ ok: false, error: 'template:1: function "slugify" not defined' });
  });
});

describe('a batch', () => {
  it('renders a thousand elements in one call, each with its own data and its own error', async () => {
    const items = Array.from({ length: 1_000 }, (_, index) => ({
      template: '{{ .name }}-{{ .cluster.region }}',
      data: index === 500 ? { name: 'x' } : { name: `app-${index}`, cluster: { region: 'eu' } },
      options: ['missingkey=error'],
    }));
    const outcomes = await engines.templates(items, AT);
    expect(outcomes).toHaveLength(1_000);
    expect(outcomes[499]).toEqual({ ok: true, value: 'app-499-eu' });
    expect(outcomes[500]).toMatchObject({ ok: false, line: 1, error: expect.stringContaining('"cluster"') });
    expect(outcomes[999]).toEqual({ ok: true, value: 'app-999-eu' });
  });

  it('keeps a template that does not parse from the others', async () => {
    const outcomes = await engines.templates(
      [
        { template: 'a', data: {} },
        { template: '\n{{ if }}', data: {} },
        { template: '{{ .x }}', data: { x: 'ü 🚢' } },
      ],
      AT,
    );
    expect(outcomes).toEqual([
      { ok: true, value: 'a' },
      { ok: false, error: 'template:2: missing value for if', line: 2 },
      { ok: true, value: 'ü 🚢' },
    ]);
  });

  it('does not let one template change the data or the functions of another', async () => {
    const data = { labels: { tier: 'web' } };
    const outcomes = await engines.templates(
      [
        {
          template: '{{ $_ := set .labels "tier" "db" }}{{ $_ := set .time "Now" "never" }}{{ .labels.tier }}',
          data,
          dialect: 'notifications',
        },
        { template: '{{ .labels.tier }} {{ (call .time.Now).Year }}', data, dialect: 'notifications' },
      ],
      AT,
    );
    expect(outcomes).toEqual([
      { ok: true, value: 'db' },
      { ok: true, value: 'web 2026' },
    ]);
  });

  it('is empty for no templates', async () => {
    expect(await engines.templates([], AT)).toEqual([]);
  });

  it('asks for a time that can be read', async () => {
    await expect(engines.templates([{ template: 'x', data: {} }], 'yesterday')).rejects.toMatchObject({
      code: 'bad-request',
      message: 'Expected a time like 2026-01-31T08:00:00Z, got "yesterday"',
    });
  });
});
