// services/compiler/js/print.js - the text of a transformed file, and which source line each line is from.
//
// TypeScript's own writer appends to one string, which is quadratic in Duktape, and its source map costs
// as much as the printing: this writer keeps pieces, indents nothing, and notes one source position a line.
'use strict';

var ts = require('typescript');

var indents = 0;

function createWriter() {
  var pieces = [], line = 0, atStart = true, length = 0, last = '';
  function write(s) {
    if (!s) return;
    pieces.push(s);
    length += s.length;
    last = s;
    atStart = false;
  }
  // May hold line breaks: literals copied from the source.
  function writeLiteral(s) {
    var at;
    if (!s) return;
    for (at = s.indexOf('\n'); at >= 0; at = s.indexOf('\n', at + 1)) line++;
    write(s);
  }
  function writeLine(force) {
    if (atStart && !force) return;
    pieces.push('\n');
    length++;
    line++;
    atStart = true;
    last = '\n';
  }
  function nothing() {}
  return {
    write: write, rawWrite: writeLiteral, writeLiteral: writeLiteral, writeLine: writeLine,
    increaseIndent: function () { indents++; }, decreaseIndent: function () { indents--; },
    getIndent: function () { return 0; },
    getTextPos: function () { return length; },
    getLine: function () { return line; },
    getColumn: function () { return atStart ? 0 : 1; },
    getText: function () { return pieces.join(''); },
    isAtStartOfLine: function () { return atStart; },
    hasTrailingComment: function () { return false; },
    hasTrailingWhitespace: function () { var c = last.charCodeAt(last.length - 1); return c === 32 || c === 10; },
    clear: nothing, reportInaccessibleThisError: nothing, reportPrivateInBaseOfClassExpression: nothing,
    reportInaccessibleUniqueSymbolError: nothing, trackSymbol: function () { return false; },
    writeKeyword: write, writeOperator: write, writeParameter: write, writeProperty: write,
    writePunctuation: write, writeSpace: write, writeStringLiteral: writeLiteral, writeSymbol: write,
    writeTrailingSemicolon: write, writeComment: writeLiteral,
    getTextPosWithWriteLine: function () { return atStart ? length : length + 1; }
  };
}

// Prints what ts.transformNodes made. Gives { code, lines }: lines[i] is the source line, from 1, of
// generated line i, 0 where nothing of the source is on it.
exports.print = function (result, sourceFile, printerOptions, resolver) {
  var writer = createWriter(), positions = [], place = { line: 0, character: 0 };
  var real = ts.getLineAndCharacterOfPosition, starts, i, lines = [];
  var map = {
    wants: function (line) { return positions[line] === undefined; },
    addSource: function () { return 0; },
    setSourceContent: function () {},
    addMapping: function (line, column, source, pos) { if (positions[line] === undefined) positions[line] = pos; }
  };
  var printer = ts.createPrinter(printerOptions, {
    hasGlobalName: resolver.hasGlobalName,
    onEmitNode: result.emitNodeWithNotification,
    isEmitNotificationEnabled: result.isEmitNotificationEnabled,
    substituteNode: result.substituteNode
  });
  ts.getLineAndCharacterOfPosition = function (source, pos) { place.line = pos; return place; };
  try {
    printer.writeFile(result.transformed[0], writer, map);
  } finally {
    ts.getLineAndCharacterOfPosition = real;
  }
  starts = ts.getLineStarts(sourceFile);
  for (i = 0; i < positions.length; i++)
    lines.push(positions[i] === undefined ? 0 : ts.computeLineOfPosition(starts, positions[i]) + 1);
  return { code: writer.getText(), lines: lines };
};
