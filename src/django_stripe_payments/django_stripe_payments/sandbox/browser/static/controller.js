/** The hidden frame: requests that involve no card fields. */
import { confirm, retrieve } from "./api.js";
import { serve } from "./frame.js";

serve({ confirm, retrieve });
