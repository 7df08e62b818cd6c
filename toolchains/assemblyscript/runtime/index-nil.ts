// The runtime's entry file. It only imports: what an entry file exports, every module would export.

import "./nil";
