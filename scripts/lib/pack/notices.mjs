// What a release says about its parts: licences for people, a CycloneDX bill of materials for programs.

/** @param {import('./components.mjs').Component[]} components */
export function thirdPartyNotice(components, version) {
  const byText = new Map()
  for (const component of components) {
    const group = byText.get(component.text) ?? []
    group.push(component)
    byText.set(component.text, group)
  }
  const line = ({ name, version, licence }) => `${name} ${version} (${licence})`
  return [
    `Layerscope ${version} contains the work of others, under the licences below. Those of Electron and Chromium are in`,
    'LICENSE.electron.txt and LICENSES.chromium.html beside the program; those of the bundled models and data beside',
    'each of them; that of TensorFlow comes with TensorFlow, when it is fetched.',
    '',
    ...[...byText].flatMap(([text, group]) => ['-'.repeat(80), ...group.map(line), '-'.repeat(80), '', text, '', ''])
  ].join('\n')
}

/**
 * The parts as CycloneDX 1.6 (cyclonedx.org/docs/1.6/json).
 * @param {import('./components.mjs').Component[]} components
 */
export function billOfMaterials(components, { version, electron, system, serial, at }) {
  const library = ({ name, version, licence, sha512, homepage }) => ({
    type: 'library',
    'bom-ref': purl(name, version),
    name,
    version,
    purl: purl(name, version),
    licenses: [licence.includes(' ') ? { expression: licence } : { license: { id: licence } }],
    ...(sha512 ? { hashes: [{ alg: 'SHA-512', content: sha512 }] } : {}),
    ...(homepage ? { externalReferences: [{ type: 'website', url: homepage }] } : {})
  })
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${serial}`,
    version: 1,
    metadata: {
      timestamp: at.toISOString(),
      component: {
        type: 'application',
        'bom-ref': purl('layerscope', version),
        name: 'layerscope',
        version,
        licenses: [{ license: { id: 'Apache-2.0' } }],
        properties: [{ name: 'layerscope:system', value: system }]
      }
    },
    components: [
      ...components.map(library),
      {
        type: 'framework',
        'bom-ref': purl('electron', electron),
        name: 'electron',
        version: electron,
        purl: purl('electron', electron),
        licenses: [{ license: { id: 'MIT' } }]
      }
    ],
    dependencies: [
      {
        ref: purl('layerscope', version),
        dependsOn: [...components.map(({ name, version }) => purl(name, version)), purl('electron', electron)]
      }
    ]
  }
}

/** package-url/purl-spec, type npm: the @ of a scope is escaped. */
function purl(name, version) {
  return `pkg:npm/${name.replace(/^@/, '%40')}@${version}`
}
