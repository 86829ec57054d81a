/** The worker that keeps a page for a screen that starts while the server is down (public/worker.js). */

/** Ask the browser to keep it; browsers have workers only under https and on the machine itself, and may refuse. */
export function keepWaitingPage(): void {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
  // The address of a worker stays the same for ever: browsers look there for a newer one.
  void serviceWorker?.register('/wallboard/worker.js', { scope: '/wallboard' }).catch(() => undefined);
}
