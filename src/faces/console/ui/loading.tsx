/** While a page is on its way: nothing for a moment, then calm lines where text will be. */
import "./loading.css";

export function Loading() {
  return (
    <div className="page loading" role="status">
      <span className="only-spoken">Loading</span>
      <div className="loading-line loading-title" />
      <div className="loading-line" />
      <div className="loading-line" />
      <div className="loading-line loading-short" />
    </div>
  );
}
