/**
 * Must be imported first: the chart library asks Intl for the browser's own language when it is loaded, and a screen that
 * was started with LANG=C has one that is no language tag, which would leave the wall blank.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'id-ID', configurable: true });
}

export {};
