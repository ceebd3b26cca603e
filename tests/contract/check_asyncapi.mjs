// Checks an AsyncAPI document with the parser of the AsyncAPI initiative: check_asyncapi.mjs FILE. Ends with 1 and what
// is wrong when it is no valid one; otherwise says what it found.
import { readFileSync } from 'node:fs';
import { DiagnosticSeverity, Parser } from '@asyncapi/parser';

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], 'utf8'));
const errors = diagnostics.filter((one) => one.severity === DiagnosticSeverity.Error);
for (const one of errors) console.error(`/${one.path.join('/')}: ${one.message}`);
if (errors.length > 0) process.exit(1);
console.log(`valid: ${document.allChannels().length} channels, ${document.allMessages().length} messages`);
