// English words of the console. `{name}` is replaced; a text with `one` and `other` is chosen by its `n`.
import data from "./en-console-data.js";
import now from "./en-console-now.js";
import stock from "./en-console-stock.js";
import values from "./en-console-values.js";

export default { ...now, ...stock, ...data, ...values };
