% RUN_TESTS  Run the tests of the portable core, under MATLAB or Octave.
%
%   python matlab/make_fixtures.py
%   octave matlab/run_tests.m
%   matlab -batch "run('matlab/run_tests.m')"
%
% The tests find their data in the folder that the environment variable
% BRIDGE_FIXTURES names, or in build/matlab. It ends with an error if a test
% fails. Under MATLAB, what needs MathWorks' products is tested too, as far as
% they are installed.

testing_folder = fileparts(mfilename('fullpath'));
addpath(testing_folder, fullfile(testing_folder, 'tests'));
if exist('OCTAVE_VERSION', 'builtin')
    testing_failed = testing.run_files(fullfile(testing_folder, 'tests'));
else
    addpath(fullfile(testing_folder, 'licensed'));
    testing_results = [runtests(fullfile(testing_folder, 'tests')), ...
                       runtests(fullfile(testing_folder, 'licensed', 'tests'))];
    disp(table(testing_results));
    testing_failed = sum(~[testing_results.Passed]);
end
if testing_failed
    error('bridge:run_tests', '%d tests failed', testing_failed);
end
