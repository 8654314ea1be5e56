import { app } from 'electron'
import { startDesktop } from './hosts/electron/app'

// Nothing is awaited here: Electron becomes ready only when this module has run to its end.
// A packaged program's arguments begin after its name; `electron .` has the folder in between.
startDesktop(process.argv.slice(app.isPackaged ? 1 : 2))
