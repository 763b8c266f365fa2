// On the page for missing addresses: the operations whose names are like a part of the address.

import { listed, nearAddress } from "./finder.js";

const list = document.getElementById("near");
try {
  list.append(...(await nearAddress(location.pathname)).map((place) => listed(place, "")));
} finally {
  list.hidden = !list.firstChild;
}
