import { useState } from 'react';

const KEY = 'surga:token';

/** The token typed last; it lives as long as this browser tab. */
export function storedToken(): string {
  return sessionStorage.getItem(KEY) ?? '';
}

/** One field for the token of every tab, and where to find one. */
export function TokenField() {
  const [token, setToken] = useState(storedToken);

  function keep(text: string) {
    const bare = text.trim().replace(/^bearer\s+/i, '');
    sessionStorage.setItem(KEY, bare);
    setToken(bare);
  }

  return (
    <form className="token" autoComplete="off" onSubmit={(event) => event.preventDefault()}>
      <label htmlFor="token">Token</label>
      <input
        id="token"
        type="password"
        value={token}
        spellCheck={false}
        autoComplete="off"
        placeholder="tokens.coordinator"
        onChange={(event) => keep(event.target.value)}
      />
      <p>
        {token === '' ? 'Anonymous: ' : 'Sent with every tab: '}
        the demo&rsquo;s tokens stand in <code>demo.json</code> in its data folder (<code>var/</code>), under{' '}
        <code>tokens</code>. An <code>Authorization</code> header in a tab&rsquo;s own Headers wins.
      </p>
    </form>
  );
}
