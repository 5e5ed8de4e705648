// Where a film comes from.

/** From our own server. Of others the browser does not tell whether they are away or not to be asked from here. */
export function isOwn(source) {
  return new URL(source, location.href).origin === location.origin;
}
