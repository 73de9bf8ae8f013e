// Links into ftrack's own pages name an entity behind the #, which only a browser sees; here they lead to its page.

/** Returns the address of the entity that such a link names, or null. */
function addressIn(fragment) {
  const values = new URLSearchParams(fragment.replace(/^#\/?/, ""));
  for (const [type, id] of [["slideEntityType", "slideEntityId"], ["entityType", "entityId"]]) {
    if (values.get(type) && values.get(id)) {
      return `/entity/${encodeURIComponent(values.get(type))}/${encodeURIComponent(values.get(id))}`;
    }
  }
  return null;
}

function follow() {
  const address = addressIn(location.hash);
  if (address) location.replace(address);
}

addEventListener("hashchange", follow);
follow();
