function path = changed_network(change)
% CHANGED_NETWORK  A copy of the LSTM network's file with something changed in it.
%
%   path = testing.changed_network(change): change takes the structure of the file
%   and returns another. The file is in the temporary folder.

    content = load(testing.fixtures('networks', 'lstm.mat'));
    network = change(content.network); %#ok<NASGU>
    path = [tempname() '.mat'];
    save(path, 'network', '-v7');
end
