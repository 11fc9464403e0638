function failed = run_files(folder)
    % RUN_FILES  Run script-based tests as MATLAB's runtests does, where that is missing.
    %
    %   failed = testing.run_files(folder) runs every test_*.m of the folder and
    %   returns how many tests failed. What stands before the first line that begins
    %   with '%%' is run anew before each section; each section is one test.

    files = dir(fullfile(folder, 'test_*.m'));
    failed = 0;
    count = 0;
    for k = 1:numel(files)
        [shared, titles, sections] = parts(fileread(fullfile(folder, files(k).name)));
        for m = 1:numel(sections)
            count = count + 1;
            why = outcome([shared, char(10), sections{m}]);
            if isempty(why)
                fprintf('passed  %s: %s\n', files(k).name, titles{m});
            else
                failed = failed + 1;
                fprintf('FAILED  %s: %s: %s\n', files(k).name, titles{m}, why);
            end
        end
    end
    if count == 0
        error('testing:run_files', '%s holds no tests', folder);
    end
    fprintf('%d of %d tests passed\n', count - failed, count);
end

function [shared, titles, sections] = parts(text)
    lines = strsplit(text, char(10));
    heads = find(strncmp(lines, '%%', 2));
    shared = strjoin(lines(1:heads(1) - 1), char(10));
    ends = [heads(2:end) - 1, numel(lines)];
    titles = cell(size(heads));
    sections = cell(size(heads));
    for k = 1:numel(heads)
        titles{k} = strtrim(lines{heads(k)}(3:end));
        sections{k} = strjoin(lines(heads(k) + 1:ends(k)), char(10));
    end
end

function testing_why = outcome(testing_text)
    % A workspace of its own, as every test has in MATLAB; our names are such as no test has.
    testing_why = '';
    try
        eval(testing_text);
    catch testing_error
        testing_why = testing_error.message;
    end
end
