// DOMException: the errors of Web APIs, with a name out of a fixed list and an old numeric code.
'use es5';
var idl = require('webidl');
var STATE = idl.hidden('domexception');

var codes = {
  IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5,
  NoModificationAllowedError: 7, NotFoundError: 8, NotSupportedError: 9, InUseAttributeError: 10,
  InvalidStateError: 11, SyntaxError: 12, InvalidModificationError: 13, NamespaceError: 14,
  InvalidAccessError: 15, TypeMismatchError: 17, SecurityError: 18, NetworkError: 19, AbortError: 20,
  URLMismatchError: 21, QuotaExceededError: 22, TimeoutError: 23, InvalidNodeTypeError: 24, DataCloneError: 25,
};
var hasOwn = Object.prototype.hasOwnProperty;

function DOMException(message, name) {
  if (!(this instanceof DOMException)) idl.needNew('DOMException');
  message = message === undefined ? '' : idl.str(message);
  name = name === undefined ? 'Error' : idl.str(name);
  this[STATE] = { message: message, name: name, code: hasOwn.call(codes, name) ? codes[name] : 0 };
}

function state(self) {
  var s = self[STATE];
  if (s === undefined) idl.illegal();
  return s;
}

idl.define(DOMException, 'DOMException', Error, {
  get code() { return state(this).code; },
  get name() { return state(this).name; },
  get message() { return state(this).message; },
});
idl.constants(DOMException, {
  INDEX_SIZE_ERR: 1, DOMSTRING_SIZE_ERR: 2, HIERARCHY_REQUEST_ERR: 3, WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5, NO_DATA_ALLOWED_ERR: 6, NO_MODIFICATION_ALLOWED_ERR: 7, NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9, INUSE_ATTRIBUTE_ERR: 10, INVALID_STATE_ERR: 11, SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13, NAMESPACE_ERR: 14, INVALID_ACCESS_ERR: 15, VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17, SECURITY_ERR: 18, NETWORK_ERR: 19, ABORT_ERR: 20, URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22, TIMEOUT_ERR: 23, INVALID_NODE_TYPE_ERR: 24, DATA_CLONE_ERR: 25,
});

exports.DOMException = DOMException;
// True for a DOMException of this heap, whatever its prototype is now.
exports.isDOMException = function (v) {
  return typeof v === 'object' && v !== null && v[STATE] !== undefined;
};
