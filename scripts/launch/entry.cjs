// biome-ignore-all lint/style/useNodejsImportProtocol: an old Node does not know the node: prefix
// biome-ignore-all lint/style/useTemplate: nor template literals
// The door of `npm start` and `npm run demo`. Written in the JavaScript of 2009 on purpose: a Node that is too old
// must be able to read this file far enough to say so.
'use strict'
var fs = require('fs')
var path = require('path')

var root = path.join(__dirname, '..', '..')
var wanted = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).engines.node.replace(
  '>=',
  '',
)

function isOlder(version, than) {
  var have = version.split('.').map(Number)
  var need = than.split('.').map(Number)
  if (have[0] !== need[0]) return have[0] < need[0]
  return have[1] < need[1]
}

// DAXFLEET_PRETEND_NODE lets a test be an old Node without having one.
var version = process.env.DAXFLEET_PRETEND_NODE || process.versions.node
if (isOlder(version, wanted)) {
  console.error(
    'Daxfleet needs Node ' + wanted + ' or later, and this is Node ' + version + ': install a newer one.',
  )
  process.exit(1)
}
if (!fs.existsSync(path.join(root, 'node_modules', 'tsx'))) {
  console.error('The packages Daxfleet is made of are not installed: run npm ci in ' + root + ' first.')
  process.exit(1)
}
require('./load.cjs')
