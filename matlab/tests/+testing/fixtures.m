function path = fixtures(varargin)
    % FIXTURES  Path of a file or folder among the tests' data.
    %
    %   path = testing.fixtures('networks', 'lstm.mat'): in the folder that the
    %   environment variable BRIDGE_FIXTURES names, else in build/matlab of the
    %   checkout. Raises 'testing:fixtures' with what makes the data.

    folder = getenv('BRIDGE_FIXTURES');
    if isempty(folder)
        here = fileparts(mfilename('fullpath'));
        folder = fullfile(fileparts(fileparts(fileparts(here))), 'build', 'matlab');
    end
    path = fullfile(folder, varargin{:});
    if ~exist(path, 'file') && ~exist(path, 'dir')
        error('testing:fixtures', '%s is not there; "python matlab/make_fixtures.py %s" makes it', path, folder);
    end
end
