/** A code in the address is taken out of it at once: it must not stay where a photograph of the screen shows it. */
import { useEffect, useState } from 'react';

let handed = taken();

/** The code after #code=, also where somebody pastes such an address into a page that is open already. */
export function useHandedCode(): string | null {
  const [code, setCode] = useState(handed);
  useEffect(() => {
    const look = () => setCode((known) => (handed = taken() ?? known));
    addEventListener('hashchange', look);
    return () => removeEventListener('hashchange', look);
  }, []);
  return code;
}

function taken(): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (location.hash) history.replaceState(null, '', location.pathname + location.search);
  return code;
}
