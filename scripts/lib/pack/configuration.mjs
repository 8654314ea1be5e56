import { join } from 'node:path'
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses'
import { readJson, root } from '../paths.mjs'
import { billFile, noticeFile } from './stage.mjs'

const packaging = join(root, 'packaging')

/** What of resources/ the engine or another program opens as a plain file; the rest is read from the archive. */
const outsideArchive = [
  '**/*.node',
  // Dawn looks for the compilers of Direct3D beside itself.
  'node_modules/webgpu/dist/**',
  // Shown by "Licences ..." in the menu: a file manager does not look into archives.
  `resources/{LICENSE,${noticeFile},${billFile}}`,
  'resources/{models,datasets,pairs}/**',
  'resources/icon.png'
]

/**
 * The one configuration of electron-builder, for every system and kind of package.
 * @param options folders and version; `electronDist` names a stand-in for Electron's program, or null to fetch it
 */
export function configuration({ app, output, electronVersion, electronDist, publisher }) {
  return {
    appId: 'org.layerscope.app',
    productName: 'Layerscope',
    copyright: `Copyright ${publisher.name}, Apache License 2.0`,
    electronVersion,
    ...(electronDist ? { electronDist } : {}),
    electronLanguages: ['en-US'],
    directories: { app, output, buildResources: packaging },
    npmRebuild: false,
    nodeGypRebuild: false,
    // The folder was laid out file by file. By default the packager leaves out sources of C++, which are compiled where
    // no prebuilt add-on fits: from packages by this answer, from the app by naming their folder.
    onNodeModuleFile: () => true,
    files: ['**/*', '!resources{,/**/*}', { from: 'resources', to: 'resources', filter: ['**/*'] }],
    asar: true,
    asarUnpack: outsideArchive,
    publish: null,
    afterPack: setFuses,
    // Links to a view.
    protocols: [{ name: 'Layerscope view', schemes: ['layerscope'], role: 'Viewer' }],
    fileAssociations: [
      {
        ext: ['conllu', 'conllup'],
        name: 'CoNLL-U treebank',
        description: 'Sentences with word-level annotation',
        mimeType: 'text/x-conllu',
        role: 'Viewer',
        rank: 'Alternate'
      }
    ],
    linux: {
      target: ['deb', 'rpm', 'AppImage'],
      executableName: 'layerscope',
      category: 'Science',
      icon: join(packaging, 'icons'),
      synopsis: 'Look inside pretrained language models',
      maintainer: `${publisher.name} <${publisher.email}>`,
      vendor: publisher.name,
      desktop: {
        entry: {
          GenericName: 'Language model viewer',
          Keywords: 'transformer;probing;attention;linguistics;NLP;',
          StartupWMClass: 'layerscope'
        }
      }
    },
    deb: scripts,
    rpm: scripts,
    mac: {
      target: ['dmg'],
      category: 'public.app-category.education',
      icon: join(packaging, 'icons/icon.icns'),
      hardenedRuntime: true,
      gatekeeperAssess: false,
      entitlements: join(packaging, 'entitlements.mac.plist'),
      // Of every helper: the engine runs in one, and loads TensorFlow.
      entitlementsInherit: join(packaging, 'entitlements.mac.plist')
    },
    win: { target: ['nsis'], icon: join(packaging, 'icons/icon.ico') },
    nsis: {
      oneClick: false,
      perMachine: false,
      allowToChangeInstallationDirectory: true,
      deleteAppDataOnUninstall: false
    }
  }
}

const scripts = {
  afterInstall: join(packaging, 'after-install.sh'),
  afterRemove: join(packaging, 'after-remove.sh'),
  appArmorProfile: join(packaging, 'apparmor-profile')
}

/** Fuses are set after packing and before signing. An Electron with a fuse that the table lacks is refused. */
async function setFuses({ appOutDir, electronPlatformName, packager }) {
  const table = readJson('packaging/fuses.json')
  const name = packager.appInfo.productFilename
  const program = { linux: packager.executableName, darwin: `${name}.app`, win32: `${name}.exe` }[electronPlatformName]
  await flipFuses(join(appOutDir, program), {
    version: FuseVersion.V1,
    strictlyRequireAllFuses: true,
    resetAdHocDarwinSignature: electronPlatformName === 'darwin',
    ...Object.fromEntries(Object.entries(table).map(([fuse, { on }]) => [FuseV1Options[fuse], on]))
  })
}
