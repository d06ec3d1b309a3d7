/** Said where a stream stands still because the server refuses it: what is shown is older than it looks. */
export function NotFollowed() {
  return (
    <p className="soft small" role="status">
      What is new does not arrive at present: the server refuses to tell it, perhaps because too
      many pages follow something. It is asked again by itself.
    </p>
  );
}
