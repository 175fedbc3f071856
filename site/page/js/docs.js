// A page of the documentation: colour its Python, offer to copy it, keep it for when there is no network.

import { offerCopies } from "./copy.js";
import { highlightAll } from "./highlight.js";
import { keepOffline } from "./offline.js";

highlightAll();
offerCopies();
keepOffline();
