% The version is that of the Python package.

%% the same version on both sides
content = load(testing.fixtures('version.mat'));
assert(strcmp(bridge.version(), content.version), 'test:version', ...
       'matlab/ is %s, but the Python package is %s', bridge.version(), content.version);
