// A page of the documentation: colour its Python, keep it for when there is no network.

import { highlightAll } from "./highlight.js";
import { keepOffline } from "./offline.js";

highlightAll();
keepOffline();
