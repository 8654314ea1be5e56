import { app } from 'electron'
import { startDesktop } from './hosts/electron/app'

// A packaged program's arguments begin after its name; `electron .` has the folder in between.
await startDesktop(process.argv.slice(app.isPackaged ? 1 : 2))
