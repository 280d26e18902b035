import { startPage } from "./page.js";

startPage({ current: "home", title: "", run: () => {} });
