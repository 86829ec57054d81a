/** One sentence that is read out when it appears; its place stays, so that screen readers notice the change. */
export function Notice({ kind, text }: { kind: 'problem' | 'news'; text: string | null }) {
  return (
    <div role={kind === 'problem' ? 'alert' : 'status'} className="notices">
      {text === null ? null : <p className={kind}>{text}</p>}
    </div>
  );
}
