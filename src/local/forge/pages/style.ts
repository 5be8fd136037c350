/** The look of the pages; comments and descriptions have `github-markdown-css` on top. */
export const STYLE = `
:root { color-scheme: light dark; --bg:#fff; --soft:#f6f8fa; --line:#d1d9e0; --text:#1f2328; --dim:#59636e; --link:#0969da;
  --green:#1a7f37; --purple:#8250df; --red:#d1242f; --amber:#9a6700; --grey:#59636e; --button:#1f883d;
  --add:#dafbe1; --del:#ffebe9; --hunk:#ddf4ff; }
@media (prefers-color-scheme: dark) { :root { --bg:#0d1117; --soft:#151b23; --line:#3d444d; --text:#f0f6fc; --dim:#9198a1;
  --link:#4493f8; --green:#3fb950; --purple:#ab7df8; --red:#f85149; --amber:#d29922; --grey:#9198a1; --button:#238636;
  --add:#12261e; --del:#25171c; --hunk:#121d2f; } }
* { box-sizing: border-box; }
body { margin:0; background:var(--bg); color:var(--text); font:14px/1.5 -apple-system,BlinkMacSystemFont,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif; }
a { color:var(--link); text-decoration:none; } a:hover { text-decoration:underline; }
header { background:var(--soft); border-bottom:1px solid var(--line); padding:12px 24px; }
header a { color:var(--text); font-weight:600; } header .note { color:var(--dim); float:right; }
main { max-width:1012px; margin:0 auto; padding:24px 16px 64px; }
h1 { font-size:26px; font-weight:400; line-height:1.25; margin:0 0 8px; } h1 .number { color:var(--dim); }
h2 { font-size:16px; margin:28px 0 8px; }
.dim { color:var(--dim); } .small { font-size:12px; }
.state { display:inline-block; color:#fff; border-radius:2em; padding:4px 12px; font-weight:500; margin-right:8px; }
.state.open { background:#1f883d; } .state.merged { background:#8250df; } .state.closed { background:#cf222e; } .state.draft { background:#59636e; }
.branch { background:var(--hunk); color:var(--link); border-radius:6px; padding:2px 6px; font:12px ui-monospace,SFMono-Regular,Menlo,monospace; }
.label { border:1px solid var(--line); border-radius:2em; padding:1px 8px; font-size:12px; margin-left:6px; }
.box { border:1px solid var(--line); border-radius:6px; margin:16px 0; overflow:hidden; }
.box > .head { background:var(--soft); border-bottom:1px solid var(--line); padding:8px 16px; }
.box > .row { padding:10px 16px; border-top:1px solid var(--line); } .box > .row:first-child { border-top:0; }
.box > .head + .row { border-top:0; }
.timeline { border-top:1px solid var(--line); margin-top:16px; }
.comment { position:relative; margin-left:56px; } .comment > img { position:absolute; left:-56px; top:0; width:40px; height:40px; border-radius:50%; }
.comment .box { margin:16px 0; } .comment .markdown-body { padding:16px; background:transparent; font-size:14px; }
.bot { border:1px solid var(--line); border-radius:2em; padding:0 6px; font-size:11px; color:var(--dim); margin-left:4px; }
.reactions { padding:0 16px 12px; } .reactions span { border:1px solid var(--line); background:var(--soft); border-radius:2em; padding:2px 9px; margin-right:6px; font-size:12px; }
.event { margin:16px 0 16px 56px; color:var(--dim); } .event b { color:var(--text); }
.dot { display:inline-block; width:16px; text-align:center; font-weight:700; margin-right:6px; }
.success { color:var(--green); } .failure, .error { color:var(--red); } .pending, .queued, .in_progress, .action_required { color:var(--amber); } .neutral, .inactive, .skipped, .cancelled { color:var(--grey); }
.open-mark { color:var(--green); } .merged-mark { color:var(--purple); } .closed-mark { color:var(--red); }
.merged-text { color:var(--purple); }
pre.diff { margin:0; overflow-x:auto; font:12px/20px ui-monospace,SFMono-Regular,Menlo,monospace; }
.line { display:block; padding:0 12px; min-width:max-content; white-space:pre; } .line.add { background:var(--add); } .line.del { background:var(--del); } .line.hunk { background:var(--hunk); color:var(--dim); }
.markdown-body blockquote.markdown-alert { color:var(--text); }
.markdown-body pre .line { padding:0 4px; }
.markdown-body pre > code { display:inline-block; min-width:100%; } .markdown-body summary { cursor:pointer; }
details.file { border:1px solid var(--line); border-radius:6px; margin:8px 0; overflow:hidden; } details.file > summary { background:var(--soft); padding:8px 12px; cursor:pointer; font:12px ui-monospace,SFMono-Regular,Menlo,monospace; }
.plus { color:var(--green); font-weight:600; } .minus { color:var(--red); font-weight:600; }
textarea { width:100%; min-height:96px; border:1px solid var(--line); border-radius:6px; background:var(--bg); color:var(--text); padding:8px 12px; font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,monospace; resize:vertical; }
select { border:1px solid var(--line); border-radius:6px; background:var(--soft); color:var(--text); padding:5px 8px; font:inherit; }
button { border:1px solid var(--line); border-radius:6px; background:var(--soft); color:var(--text); padding:5px 16px; font:inherit; font-weight:500; cursor:pointer; }
button.primary { background:var(--button); border-color:transparent; color:#fff; } button:disabled { opacity:.5; cursor:default; } button.small { padding:1px 8px; font-size:12px; float:right; }
.actions { display:flex; gap:8px; align-items:center; margin-top:8px; flex-wrap:wrap; } .actions .grow { flex:1; }
.wrong { border-color:var(--red); }
@media (max-width: 600px) { header { padding:12px 16px; } header .note { display:none; }
  .comment { margin-left:0; } .comment > img { top:7px; left:10px; width:24px; height:24px; } .comment .box > .head { padding-left:44px; }
  .comment .markdown-body { padding:12px; } .event { margin-left:0; }
  .actions .grow { display:none; } .actions .small { flex-basis:100%; } }
`;

/**
 * Looks every two seconds whether the page would be different now and exchanges its contents if so; never while
 * somebody writes. What was unfolded stays unfolded, what was folded stays folded, and the keyboard stays where it was.
 */
export const SCRIPT = `
const writing = () =>
  document.hidden ||
  document.activeElement?.closest('form') ||
  [...document.querySelectorAll('textarea')].some((area) => area.value !== '');
setInterval(async () => {
  if (writing()) return;
  try {
    const main = document.querySelector('main');
    const answer = await fetch(location.href, { cache: 'no-store' });
    if (answer.headers.get('etag') === main.dataset.tag) return;
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
    if (writing()) return;
    const key = (one) => (one.closest('article')?.id ?? '') + one.querySelector('summary')?.textContent;
    const open = new Map([...main.querySelectorAll('details')].map((one) => [key(one), one.open]));
    for (const one of next.querySelectorAll('details')) one.open = open.get(key(one)) ?? one.open;
    const at = main.contains(document.activeElement) ? document.activeElement.textContent : undefined;
    main.replaceWith(next);
    [...next.querySelectorAll('a, summary')].find((one) => one.textContent === at)?.focus({ preventScroll: true });
  } catch { /* The server was stopped: the page stays as it is. */ }
}, 2000);
`;
