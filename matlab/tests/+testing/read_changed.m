function network = read_changed(change)
    % READ_CHANGED  Read the LSTM network's file after something was changed in it.
    %
    %   network = testing.read_changed(change): change takes the structure of the file
    %   and returns another.

    content = load(testing.fixtures('networks', 'lstm.mat'));
    changed.network = change(content.network); %#ok<STRNU>
    path = [tempname() '.mat'];
    cleanup = onCleanup(@() delete(path));
    save(path, '-struct', 'changed', '-v7');
    network = bridge.read_network(path);
end
