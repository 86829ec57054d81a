/**
 * Keeps one tiny page in the browser, for a screen that starts while the server is down. It holds no figure and no file
 * of a build: pages and scripts always come from the server, so that nothing here can be out of date.
 */
const LONGEST_MS = 10_000; // a server that is frozen is as good as none
const TEXTS = {
  id: {
    title: '⚠ Server belum menjawab',
    since: 'Sejak pukul',
    how: 'Layar ini terus mencoba dan tampil kembali dengan sendirinya.',
    ask: 'Bila lama, hubungi Diskominfo.',
  },
  en: {
    title: '⚠ The server does not answer yet',
    since: 'Since',
    how: 'This screen keeps trying and comes back by itself.',
    ask: 'If it takes long, tell Diskominfo.',
  },
};
// 16 minutes of arc at five metres, as on the board.
const STYLE = `:root { color-scheme: dark light; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; gap: 1em; padding: 1em; text-align: center;
  font: clamp(1rem, 2.7vmax, 7rem)/1.4 system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif;
  background: #0d1420; color: #f3f6fa; }
h1 { font-size: 2em; line-height: 1.2; margin: 0; } p { margin: 0; }
@media (prefers-color-scheme: light) { body { background: #eef2f6; color: #14202e; } }`;
const SCRIPT = `const now = new Date();
document.querySelector('time').dateTime = now.toISOString();
document.querySelector('time').textContent = now.toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Jakarta' });
function again() { setTimeout(look, 4000 + Math.random() * 2000); }
function look() {
  fetch(location.pathname, { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(8000) })
    .then((answer) => (answer.status < 500 ? location.reload() : again()), again);
}
again();`;

addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') event.respondWith(fromServer(event.request));
});

async function fromServer(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(LONGEST_MS) });
    if (answer.status < 502 || answer.status > 504) return answer; // what a proxy says of a server that is down
  } catch {
    // Nobody answered.
  }
  return waitingPage(new URL(request.url).searchParams.get('lang') === 'en' ? 'en' : 'id');
}

async function waitingPage(language) {
  const { title, since, how, ask } = TEXTS[language];
  const page = `<!doctype html><html lang="${language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head>
<body><main><h1>${title}</h1><p>${since} <time></time> WIB</p><p>${how} ${ask}</p></main><script>${SCRIPT}</script></body></html>`;
  const policy = `default-src 'none'; connect-src 'self'; style-src ${await hashed(STYLE)}; script-src ${await hashed(SCRIPT)}; base-uri 'none'; form-action 'none'`;
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy };
  return new Response(page, { status: 503, headers });
}

async function hashed(text) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return `'sha256-${btoa(String.fromCharCode(...digest))}'`;
}
